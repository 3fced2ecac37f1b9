drawAbout();
drawScores();
drawSelfies();
drawSquished();
drawFamilies();
drawErrors();
startAll();
